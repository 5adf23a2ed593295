"""Links of pages to Markdown of the repository that is no page of the site.

On GitHub they lead to the file; here to the page that says the same, or to a copy.
"""

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

# Markdown of the repository, without its ending: the page of the site.
PAGES = {"sql/README": "reference/index"}


def follow(app: Any, doctree: nodes.document) -> None:
    """Lead the links of one page on, before Sphinx collects what is to be copied."""
    docs = Path(app.srcdir)
    here = Path(app.env.doc2path(app.env.current_document.docname)).parent
    for link in list(doctree.findall(addnodes.pending_xref)):
        target = Path(link.get("reftarget", ""))
        if link.get("reftype") == "myst" and (here / target).is_dir():
            link.replace_self(link.children)  # a folder of the repository
            continue
        if not target.is_absolute() or docs in target.parents:
            continue
        page = PAGES.get(os.path.relpath(target, docs.parent))
        if page:
            link["reftarget"] = page
        elif (file := target.with_name(f"{target.name}.md")).is_file():
            copy = addnodes.download_reference(reftarget=os.path.relpath(file, here))
            copy += link.children
            link.replace_self(copy)
