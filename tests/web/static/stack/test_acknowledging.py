"""A warning is acknowledged with a reason, on a page that is served."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
FORM = """async () => {
    const m = await import('/static/stack/acknowledging.js');
    window.told = [];
    document.body.replaceChildren(m.acknowledging('S-1/top', 'halo', why => told.push(why)));
}"""


def test_a_reason_is_asked_for_and_sent_with_the_stack_and_the_warning(blank) -> None:
    asked = []
    blank.on("request", lambda one: asked.append(one) if "/do/" in one.url else None)
    blank.evaluate(FORM)
    for reason in ("", "  ", "seen; gone"):
        blank.fill("input", reason)
        blank.click("button")
    assert asked == []
    blank.fill("input", " only at the pin ")
    with blank.expect_request("**/do/acknowledge") as sent:
        blank.click("button")
    given = {"stack": "S-1/top", "what": "halo", "reason": "only at the pin"}
    assert sent.value.post_data_json == given
    sent.value.response().finished()
    blank.wait_for_timeout(100)
    assert blank.evaluate("told") == ["only at the pin"]
