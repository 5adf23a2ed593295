-- Of a declared column of a catalogue of the user's own most values are what a star can have;
-- else its unit, or the column itself, is another one.
-- severity: warn
select
    survey,
    quantity,
    n_given,
    n_usable,
    median_value
from staging.unusable_columns;
