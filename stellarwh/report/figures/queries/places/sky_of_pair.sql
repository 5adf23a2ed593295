-- Where the stars are that two surveys share.
select
    ra,
    dec
from main.stars
where len(surveys) > 1 and list_contains(surveys, $left) and list_contains(surveys, $right)
