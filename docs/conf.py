"""How ``make docs`` builds the site: from these files and from the code itself."""

import logging
import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

from _pages import colours, demo, lexer, links, mermaid, reference  # noqa: E402 - they lie beside this file
from stellarwh import __version__  # noqa: E402

project = "stellarwh"
copyright = "the stellarwh developers"
release = version = __version__
language = "en_GB"
smartquotes = False
highlight_language = "none"
default_role = "code"

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build", "_pages"]
html_title = "stellarwh"

# Markdown: headings can be linked to, as GitHub does; terms have definitions.
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

# A notebook runs anew when it is read, in a folder of its own, on a small simulated
# warehouse (STELLARWH_WAREHOUSE). An error in it is a warning with its traceback, and
# any warning fails the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_execution_show_tb = True

# Types stand in the docstrings.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "logo": {"text": "stellarwh"},
    "icon_links": [],
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "search_bar_text": "Search",
}
html_sidebars = {"index": []}
html_static_path = ["_static", "_build/static"]
html_css_files = ["report_colours.css", "site.css"]
html_show_sourcelink = False
html_copy_source = False
html_search_language = "en"


def setup(app):
    """Write what is generated, and let Sphinx draw the pictures of the pages."""
    # A part of the site may have no page yet.
    logging.getLogger("sphinx.sphinx.directives.other").addFilter(
        lambda record: "didn't match any documents" not in str(record.msg)
    )
    reference.write(DOCS)
    colours.write(DOCS / "_build" / "static" / "report_colours.css")
    app.add_lexer("sql", lexer.DuckDB)
    app.add_directive("mermaid", mermaid.Mermaid)
    app.connect("doctree-read", links.follow, priority=100)
    if demo.is_needed(DOCS):
        os.environ.setdefault("STELLARWH_WAREHOUSE", str(demo.warehouse(DOCS)))
