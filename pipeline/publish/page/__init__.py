"""report.html: the page that people look at."""

from pipeline.publish.page.render import PAGE_PATH, write_page
from pipeline.publish.page.worklist_desk import Desk, describe_worklist

__all__ = ["PAGE_PATH", "Desk", "describe_worklist", "write_page"]
