"""The table of what is somebody's says what the schema says."""

from django.apps import apps

from voxpop.accounts.models import Author, User
from voxpop.claims.belongings import BELONGINGS, Passing


def named_in_the_schema() -> set[str]:
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.related_model in {Author, User}
    }


def test_every_column_that_names_a_person_has_a_row_and_every_row_a_column():
    """A new one: say in voxpop/claims/belongings.py what becomes of it when two people are one."""
    assert {str(each) for each in BELONGINGS} == named_in_the_schema()
    assert len(BELONGINGS) == len(named_in_the_schema())


def test_what_may_exist_once_a_person_is_not_simply_moved():
    """A unique key with a person in it would refuse the second, and a merge would stop there."""
    for each in BELONGINGS:
        unique = [set(key) for key in unique_keys(each.model) if each.field in key]
        if not unique or each.merged in {Passing.STAYS, Passing.ENDS}:
            continue
        assert each.merged in {Passing.ONE_EACH, Passing.NEWER}, str(each)
        assert any(key <= {each.field, *each.same} for key in unique), str(each)


def unique_keys(model):
    yield from ((field.name,) for field in model._meta.fields if field.unique)
    yield from model._meta.unique_together
    for constraint in model._meta.total_unique_constraints:
        yield constraint.fields
