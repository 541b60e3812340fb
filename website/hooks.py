"""What MkDocs calls while it builds the site. A warning fails the build, which is strict."""

import json
import logging
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docassemble.Scheduler.web.api.openapi import description
from website.appearance import differences, foreign
from website.openapi_page import openapi_page
from website.python_page import python_page
from website.repository import CHECKOUT, ROOT_PAGES, links_of_page, links_of_root_page

log = logging.getLogger("mkdocs.hooks.website")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    api = description()
    made = {
        "python-reference.md": python_page(),
        "api-reference.md": openapi_page(api),
        "openapi.json": json.dumps(api, indent=1),
    }
    for name, page in ROOT_PAGES.items():
        made[page] = links_of_root_page((CHECKOUT / name).read_text(encoding="utf-8"))
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let links to files outside of docs/ lead to GitHub."""
    return markdown if page.file.generated_by else links_of_page(markdown)


def on_page_content(html: str, page: Page, **_: Any) -> None:
    """Warn of a page that GitHub shows in another way."""
    if page.file.src_path != "python-reference.md":  # which only the site has, and mkdocstrings fills
        for part, (github, site) in differences(page.markdown or "", html).items():
            log.warning("%s: GitHub shows %d <%s>, the site %d", page.file.src_path, github, part, site)


def on_post_page(output: str, page: Page, **_: Any) -> None:
    """Warn of a page that loads something from another server."""
    for address in foreign(output):
        log.warning("%s would load %s", page.file.src_path, address)
