"""The page for review in a real browser, headless Chromium, opened from disk."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from icac.cohort import collect, review
from icac.cohort.page.qa_page import PageScan, write_page
from icac.cohort.page.suspicion import OF_FAILURE
from PIL import Image

SCANS = 10_000
FAILED = 37


def picture(color) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (600, 150), color).save(stream, format="JPEG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def open_page():
    """Return a function that opens a page in Chromium and returns the driver; all are closed at the end."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (pip install 'icac[test]')")
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium with its driver is installed (Debian: apt install chromium chromium-driver)")
    from selenium.webdriver.chrome.service import Service

    opened = []

    def open_it(path: Path):
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1400,900"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": str(path.parent)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        opened.append(webdriver.Chrome(options=options, service=Service(driver)))
        opened[-1].set_page_load_timeout(280)
        opened[-1].set_script_timeout(280)
        opened[-1].get(path.as_uri())
        return opened[-1]

    yield open_it
    for one in opened:
        one.quit()


@pytest.fixture(scope="module")
def cohort_page(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("page") / "cohort"
    root.mkdir()
    for number in range(20):
        (root / f"picture{number}.jpg").write_bytes(picture((12 * number, 80, 200 - 8 * number)))
    rng = np.random.default_rng(3)
    scans = []
    for number in range(SCANS - FAILED):
        score = float(np.round(rng.exponential(8), 2))
        values = {"volume_mm3": float(np.round(rng.lognormal(3.5, 1), 2)), "right_mm3": 1.0, "left_mm3": 2.0,
                  "expected_volume_mm3": 3.0, "expected_low_mm3": 1.0, "expected_high_mm3": 5.0, "lesions": 4,
                  "registration_quality": float(np.round(rng.uniform(0.5, 1), 4)), "mean_probability": 0.6}
        reasons = ("bone contact",) if score > 20 else ("low confidence",) if score > 10 else ()
        file = f"picture{number % 20}.jpg"
        lesions = tuple((n, "left", "C4", 10.5 / n, 312.25, 700.0, 0.125, file if n == 1 else "") for n in range(1, 9))
        scans.append(PageScan(f"sub-{number:05d}", f"key{number}", score, reasons, values, "", file, file, None,
                              lesions))
    for number in range(FAILED):
        scans.append(PageScan.of_failure({"name": f"sub-x{number:02d}", "reason": "</script> is damaged & gone."},
                                         OF_FAILURE, None))
    return write_page(root, scans)


@pytest.fixture(scope="module")
def page(open_page, cohort_page):
    return open_page(cohort_page)


@pytest.fixture
def fresh(page, cohort_page):
    """Return the page as it is when first opened."""
    page.execute_script("localStorage.clear()")
    page.get("about:blank")
    page.get(cohort_page.as_uri())
    page.execute_script("localStorage.clear()")
    page.refresh()
    return page


def rows(page) -> list[str]:
    """Return the names of the rows that exist, from the top."""
    return page.execute_script("""
        return [...document.querySelectorAll(".row:not([hidden])")]
            .sort((a, b) => a.dataset.index - b.dataset.index).map((r) => r.querySelector(".name").textContent);""")


def current(page) -> str:
    return page.execute_script("return document.querySelector('.row.current .name').textContent")


def press(page, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def choose(page, field: str, value: str) -> None:
    page.execute_script("""const field = document.getElementById(arguments[0]); field.value = arguments[1];
        field.dispatchEvent(new Event("input", { bubbles: true })); document.getElementById("viewport").focus();""",
                        field, value)


def counts(page) -> str:
    return page.execute_script("return document.getElementById('counts').textContent")


def wait_for(condition, seconds: float = 60.0):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "nothing happened in the page"
        time.sleep(0.1)
    return found


def test_the_most_suspicious_come_first_and_few_rows_exist(fresh):
    assert rows(fresh)[:2] == ["sub-x00", "sub-x01"]
    assert counts(fresh) == f"{SCANS} of {SCANS} scans shown, 0 accepted, 0 flagged, {FAILED} failed"
    assert "</script> is damaged & gone." in fresh.page_source.replace("&lt;", "<").replace("&gt;", ">").replace(
        "&amp;", "&")
    for place in (0.5, 1.0, 0.1):
        fresh.execute_async_script("""const done = arguments[1], view = document.getElementById("viewport");
            view.scrollTop = arguments[0] * view.scrollHeight;
            requestAnimationFrame(() => requestAnimationFrame(done));""", place)
        assert 5 <= len(rows(fresh)) < 25
        assert fresh.execute_script("return document.querySelectorAll('*').length") < 600


def test_thumbnails_in_view_are_loaded_from_the_folder(fresh):
    choose(fresh, "show", "open")
    choose(fresh, "sort", "name")
    assert rows(fresh)[0] == "sub-00000"
    wait_for(lambda: fresh.execute_script(
        "return [...document.querySelectorAll('.row:not([hidden]) img')].every((i) => i.naturalWidth === 600)"))


def test_keys_decide_and_the_page_remembers(fresh, cohort_page):
    press(fresh, "a", "f")
    assert current(fresh) == "sub-x02"
    press(fresh, "j", "j", "k", "f", "k", "u")
    press(fresh, "n", "look at the \"left\" one, please")
    assert "1 accepted, 1 flagged" in counts(fresh)
    wait_for(lambda: "please" in fresh.execute_script("return JSON.stringify(localStorage)"))
    fresh.get("about:blank")
    fresh.get(cohort_page.as_uri())
    wait_for(lambda: "1 accepted, 1 flagged" in counts(fresh))
    choose(fresh, "show", "noted")
    assert rows(fresh) == ["sub-x03"]


def test_filters_and_orders(fresh):
    choose(fresh, "reason", "bone contact")
    found = rows(fresh)
    assert found
    assert not any(name.startswith("sub-x") for name in found)
    choose(fresh, "reason", "")
    choose(fresh, "find", "00042")
    assert rows(fresh) == ["sub-00042"]
    choose(fresh, "find", "")
    choose(fresh, "sort", "registration_quality")
    data = json.loads(fresh.execute_script("return document.getElementById('data').textContent"))
    ordered = sorted((one for one in data["scans"] if "values" in one),
                     key=lambda one: (one["values"]["registration_quality"], one["name"]))
    assert wait_for(lambda: rows(fresh)[:5] == [one["name"] for one in ordered[:5]])
    fresh.execute_script("document.getElementById('turn').click()")
    assert data["scans"][0]["name"] not in rows(fresh)[:1] or ordered[-1]["name"] == data["scans"][0]["name"]


def test_the_whole_overview_opens_and_closes(fresh):
    from selenium.webdriver.common.keys import Keys

    choose(fresh, "sort", "name")
    press(fresh, Keys.ENTER)
    cover = "return !document.getElementById('cover').hidden"
    assert fresh.execute_script(cover)
    assert "picture0.jpg" in fresh.execute_script("return document.getElementById('overview').src")
    press(fresh, Keys.ARROW_DOWN)
    assert "picture1.jpg" in fresh.execute_script("return document.getElementById('overview').src")
    press(fresh, Keys.ESCAPE)
    assert not fresh.execute_script(cover)


def test_the_lesions_of_a_scan_are_a_table_that_opens(fresh):
    from selenium.webdriver.common.keys import Keys

    def cells() -> list[list[str]]:
        return fresh.execute_script("""return [...document.querySelectorAll("#lesions tbody tr")].map(
            (row) => [...row.cells].map((cell) => cell.textContent));""")

    choose(fresh, "sort", "name")
    press(fresh, Keys.ENTER)
    assert fresh.execute_script("return document.querySelector('#lesions summary').textContent") == "8 lesions (l)"
    assert cells() == [], "it is closed"
    press(fresh, "l")
    assert wait_for(cells)[0] == ["1", "left", "C4", "10.5", "312", "700", "13 %", ""]
    assert cells()[1] == ["2", "left", "C4", "5.3", "312", "700", "13 %"] and len(cells()) == 8
    wait_for(lambda: fresh.execute_script("return document.querySelector('#lesions img').naturalWidth === 600"))
    press(fresh, Keys.ARROW_DOWN)
    assert "picture1.jpg" in fresh.execute_script("return document.querySelector('#lesions img').src")
    press(fresh, "l", Keys.ESCAPE, "l")
    assert fresh.execute_script("return !document.getElementById('cover').hidden") and wait_for(cells)
    press(fresh, Keys.ESCAPE)


def test_nothing_is_fetched_from_elsewhere_and_no_script_fails(fresh):
    assert fresh.execute_script(
        "return performance.getEntriesByType('resource').every((one) => one.name.startsWith('file:'))")
    assert [entry for entry in fresh.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_saved_decisions_are_read_back_and_shown_by_the_next_page(make_cohort, open_page):
    shots = {"thumbnail": picture((200, 40, 40)), "overview": picture((40, 200, 40))}
    out = make_cohort({"a": {"volume_mm3": 1.0}, "b": {"volume_mm3": 2.0, "warnings": "Thick slices."}},
                      {"c": "It is damaged."}, {"a": shots, "b": shots})
    collect(out, embed=True)
    page = open_page(out / "qa.html")
    assert rows(page) == ["sub-c", "sub-b", "sub-a"]
    assert page.execute_script("return document.querySelector('.row img').src").startswith("data:image/jpeg;base64,")
    choose(page, "reviewer", "R. Eader")
    press(page, "f", "a", "n", "small, but \"sure\"\n", "s")
    saved = out / "decisions.csv"
    wait_for(saved.is_file)
    decisions = saved.rename(out.parent / "from_page.csv")
    merged = review(out, decisions)
    assert [(one.scan, one.decision, one.note, one.reviewer) for one in merged.decisions] == [
        ("sub-a", "", "small, but \"sure\"", "R. Eader"), ("sub-b", "accepted", "", "R. Eader"),
        ("sub-c", "flagged", "", "R. Eader")]
    with (out / "scans.csv").open() as stream:
        assert [row["review"] for row in csv.DictReader(stream)] == ["", "accepted"]
    page.execute_script("localStorage.clear()")
    page.get((out / "qa.html").as_uri())
    assert "1 accepted, 1 flagged" in counts(page)
    text = page.execute_script("document.querySelector('.row .note').blur(); return true") and decisions.read_text()
    assert text.startswith("scan,key,decision,note,reviewer,decided\n")
    page.find_element("id", "file").send_keys(str(decisions))
    wait_for(lambda: "3 decisions loaded" in counts(page))
