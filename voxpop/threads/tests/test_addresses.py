import pytest

from voxpop.errors import Problem
from voxpop.threads.addresses import alias_of, thread_public_id, url_key

SAME = [
    "https://blog.example/p/1",
    "http://blog.example/p/1",
    "https://blog.example/p/1/",
    "https://BLOG.example:443/p/1#comments",
    "https://blog.example/p/1?utm_source=x&utm_medium=mail",
    "https://blog.example/p/1/?fbclid=abc#comment-5",
]


@pytest.mark.parametrize("url", SAME)
def test_ways_to_write_one_page_are_one_key(url: str) -> None:
    assert url_key(url) == "blog.example/p/1"


def test_meaningful_parameters_count_in_any_order() -> None:
    assert url_key("https://a.example/?p=5&b=1") == url_key("http://a.example?b=1&p=5&gclid=1")
    assert url_key("https://a.example/?p=5") != url_key("https://a.example/?p=6")


def test_paths_differ_by_case_and_by_escapes_that_mean_something() -> None:
    assert url_key("https://a.example/A") != url_key("https://a.example/a")
    assert url_key("https://a.example/caf%C3%A9") == url_key("https://a.example/café")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example/", "//a.example/", "https://", "nonsense", ""]
)
def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="bad_request"):
        url_key(url)


def test_a_threads_id_is_known_before_it_exists() -> None:
    one = thread_public_id("blog", *alias_of(None, SAME[0]))
    assert one == thread_public_id("blog", *alias_of(None, SAME[4]))
    assert one != thread_public_id("other", *alias_of(None, SAME[0]))
    assert len(one) == 20


def test_the_identifier_names_the_thread_where_there_is_one() -> None:
    assert alias_of("post-1", SAME[0]) == ("i", "post-1")
