-- unit_of(x, num, den): in which unit of num / den a number lies, half open: exactly where
-- x >= unit * num / den and x < (unit + 1) * num / den, as SQL that names these bounds counts.
create or replace temp macro unit_of(x, num, den) as (
    floor(x * den / num)
    - (x < floor(x * den / num) * num / den)::integer
    + (x >= (floor(x * den / num) + 1) * num / den)::integer
)::integer;
