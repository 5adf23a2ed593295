"""Arrow tables as pandas frames."""

from typing import TYPE_CHECKING

from stellarwh.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_frame(table: "pa.Table") -> "pd.DataFrame":
    """Return a table as a frame whose integers are exact.

    pandas makes floats of integers among which is a NULL, and with that another star
    of a Gaia id. Its own integers, which know NULL, stand for those.

    Parameters
    ----------
    table : pyarrow.Table
        Column names unlike each other.

    Raises
    ------
    UsageError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise UsageError(
            "pandas is not installed; take to_polars() or to_arrow(), or install "
            "pandas beside stellarwh."
        ) from None

    nullable = {
        str(kind).lower(): kind
        for kind in (
            pd.Int8Dtype(),
            pd.Int16Dtype(),
            pd.Int32Dtype(),
            pd.Int64Dtype(),
            pd.UInt8Dtype(),
            pd.UInt16Dtype(),
            pd.UInt32Dtype(),
            pd.UInt64Dtype(),
        )
    } | {"bool": pd.BooleanDtype()}
    frame = table.to_pandas(integer_object_nulls=True)  # within lists
    for name in table.column_names:
        column = table[name]
        if column.null_count and str(column.type) in nullable:
            kind = nullable[str(column.type)]
            frame[name] = pd.Series(kind.__from_arrow__(column), index=frame.index)
    return frame
