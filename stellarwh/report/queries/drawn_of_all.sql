-- One star in how many is drawn where surveys stand together.
select max(step) as step
from drawn_surveys
