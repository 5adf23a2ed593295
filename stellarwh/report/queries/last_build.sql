-- When the views were last built, in UTC.
select max(built_at)::timestamp as built_at
from meta.builds
