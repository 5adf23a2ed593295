"""main.best_parameters: the columns of main.parameters, each kind beside its value."""

QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")


def test_a_kind_stands_beside_its_value_and_all_else_where_it_was(built):
    measured = built.sql("from main.parameters limit 0").columns
    wanted = []
    for column in measured:
        wanted.append(column)
        name = column.removesuffix("_err")
        if name != column and name in QUANTITIES:
            wanted.append(f"{name}_kind")
    assert built.sql("from main.best_parameters limit 0").columns == wanted
