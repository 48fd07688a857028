"""The picture of the house shows the imports that there are."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house():
    return runpy.run_path(str(ROOT / "docs" / "house.py"))


@pytest.mark.slow
def test_the_picture_is_that_of_the_imports(house):
    if house["PICTURE"].read_text() != house["drawn"]():
        pytest.fail(
            "docs/images/house.svg shows other imports than there are. Draw it anew: "
            "python docs/house.py"
        )


@pytest.mark.slow
def test_arrows_go_down(house):
    for _, whole in house["floors"]():
        height = {name: i for i, floor in enumerate(whole) for name in floor}
        for importer, imported in house["count_between"](list(height)):
            assert height[importer] < height[imported], (importer, imported)
