-- How often the views were built.
select count(*) as n
from meta.builds
