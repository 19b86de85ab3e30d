from tests.conftest import ROOT
from web.kernels import compiled_meanwhile


def test_what_is_compiled_meanwhile_ends_with_the_server_or_well_before() -> None:
    with compiled_meanwhile(ROOT) as compiling:
        assert compiling.poll() is None
    assert compiling.poll() is not None
    with compiled_meanwhile(ROOT) as compiling:
        assert compiling.wait(300) == 0
