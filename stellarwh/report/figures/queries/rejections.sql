-- Rows with each reason, alone or with others (n), and those that it is the first reason of
-- (n_first): with the rows that are left after the last reason these add up to all rows.
with counted as (
    select
        reason,
        n,
        n_first,
        max(n) filter (where reason = '') over () as n_rows
    from rejection_rows
    where survey = $survey
)

select
    reason,
    n,
    n_first,
    (
        n_rows
        - sum(n_first) over (
            order by n_first desc, n desc, reason
            rows between unbounded preceding and current row
        )
    )::bigint as n_left,
    n_rows
from counted
where reason <> ''
order by n_first desc, n desc, reason
