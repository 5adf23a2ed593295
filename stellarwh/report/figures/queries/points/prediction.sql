-- What the predicted value differs by against the label of the held-out stars of a run, and
-- that value.
select
    label as x,
    value - label as y,
    null::double as z,
    value
from held_out_rows
