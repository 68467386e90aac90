"""report.html: the page that people look at."""

from pipeline.publish.page.render import PAGE_PATH, write_page

__all__ = ["PAGE_PATH", "write_page"]
