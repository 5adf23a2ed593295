-- Why stars have no velocity in space, by what is missing.
-- topic: Kinematics
select
    velocity_missing,
    count(*) as n
from main.kinematics
where v_tot is null
group by velocity_missing
order by n desc, velocity_missing;
