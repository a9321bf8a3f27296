"""Discord's Markdown, as the page shows it."""

import pytest
from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="package")

RENDER = """async (text) => {
  const { blocks } = await import("/page/markdown.js");
  const shown = document.createElement("div");
  shown.append(...blocks(text));
  return shown.innerHTML.replaceAll(/ (class|target|rel)="[^"]*"/g, "");
}"""
EXAMPLES = {
    "**bold** *it* _it_ __under__ ~~gone~~": (
        "<span><strong>bold</strong> <em>it</em> <em>it</em> <u>under</u> <s>gone</s></span>"
    ),
    "***both*** and **bold *it* bold**": (
        "<span><strong><em>both</em></strong> and <strong>bold <em>it</em> bold</strong></span>"
    ),
    r"\*not\* \_it\_ \[1] snake_case_word 2 * 3 * 4": (
        "<span>*not* _it_ [1] snake_case_word 2 * 3 * 4</span>"
    ),
    "> quoted\n> on\nafter": ("<blockquote><span>quoted\non</span></blockquote><span>after</span>"),
    ">>> all\nof it": "<blockquote><span>all\nof it</span></blockquote>",
    "[a **b** [1]](<https://x.example/(y)>)": (
        '<span><a href="https://x.example/(y)">a <strong>b</strong> [1]</a></span>'
    ),
    "see https://x.example/a_b_c.": (
        '<span>see <a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</span>'
    ),
    "[x](javascript:alert(1)) <javascript:x>": (
        "<span>[x](javascript:alert(1)) &lt;javascript:x&gt;</span>"
    ),
    "- one\n- two\n  - inner\n3. three": (
        "<ul><li>one</li><li>two<ul><li>inner</li></ul></li><li>three</li></ul>"
    ),
    "`a *b*` ```py\nx = 1\n```after": (
        "<span><code>a *b*</code> </span><pre><code>x = 1</code></pre><span>after</span>"
    ),
    "# Big\n-# small <b>": "<h3>Big</h3><small>small &lt;b&gt;</small>",
    "<@1> <#2> </ask:3>": (
        "<span><span>@unknown-user</span> <span>#unknown</span> <span>/ask</span></span>"
    ),
}


@pytest.mark.parametrize("markdown", EXAMPLES)
async def test_markdown(browser: Browser, address: str, markdown: str) -> None:
    page = await browser.new_page()
    await page.goto(address)
    assert await page.evaluate(RENDER, markdown) == EXAMPLES[markdown]
    await page.close()
