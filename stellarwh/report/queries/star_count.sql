-- Physical stars.
select count(*) as n
from main.stars
