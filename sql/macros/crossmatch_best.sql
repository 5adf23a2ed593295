-- crossmatch_best(left_table, right_table, radius, …): as crossmatch, but only the nearest right
-- row of each left one. Ids must be unique; of equally near rows the smaller id wins.
-- crossmatch_mutual(left_table, right_table, radius, …): only the pairs in which each is the
-- other's nearest, so one to one.
create or replace macro crossmatch_best(
    left_table,
    right_table,
    radius,
    left_id := null,
    right_id := null,
    left_ra := null,
    left_dec := null,
    right_ra := null,
    right_dec := null
) as table
select pairs.left_id, pairs.right_id, pairs.separation
from crossmatch(
    left_table,
    right_table,
    radius,
    left_id := left_id,
    right_id := right_id,
    left_ra := left_ra,
    left_dec := left_dec,
    right_ra := right_ra,
    right_dec := right_dec
) as pairs
qualify
    row_number() over (
        partition by pairs.left_id order by pairs.separation, pairs.right_id
    ) = 1;

create or replace macro crossmatch_mutual(
    left_table,
    right_table,
    radius,
    left_id := null,
    right_id := null,
    left_ra := null,
    left_dec := null,
    right_ra := null,
    right_dec := null
) as table
select pairs.left_id, pairs.right_id, pairs.separation
from crossmatch(
    left_table,
    right_table,
    radius,
    left_id := left_id,
    right_id := right_id,
    left_ra := left_ra,
    left_dec := left_dec,
    right_ra := right_ra,
    right_dec := right_dec
) as pairs
qualify
    row_number() over (
        partition by pairs.left_id order by pairs.separation, pairs.right_id
    ) = 1
    and row_number() over (
        partition by pairs.right_id order by pairs.separation, pairs.left_id
    ) = 1;
