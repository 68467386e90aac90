"""report.html: the page that people look at."""

from pipeline.publish.page.page import PATH, write

__all__ = ["PATH", "write"]
