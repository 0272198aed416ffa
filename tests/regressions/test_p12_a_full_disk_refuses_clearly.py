"""P12: on a full disk a post is refused with a code that says try again; reading goes on."""

import pytest
from django.db import connection
from django.test import Client

from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_a_post_on_a_full_disk_is_refused_and_can_be_sent_again() -> None:
    cast = Cast.standing()
    before = Comment.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        url = "https://magazine.test/story"
        refused = [
            answer
            for number in range(5)
            if (answer := cast.ann.post(cast.forum, f"{number} " + "words " * 1500, url=url))
            and answer.status_code != 201
        ]
        assert refused
        assert {each.json()["code"] for each in refused} == {"unavailable"}
        assert {each["Retry-After"] for each in refused} == {"5"}
        page = f"/api/v1/threads/{cast.thread.public_id}/comments"
        assert Client().get(page).status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    kept = Comment.objects.count()
    assert cast.ann.post(cast.forum, "there is room again").status_code == 201
    assert Comment.objects.count() == kept + 1 >= before + 1
