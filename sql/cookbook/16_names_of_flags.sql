-- Which flags a row carries, by name: those of APOGEE's ASPCAP that are bad.
-- topic: Flags and NULL
select
    apogee_id,
    aspcapflag,
    flag_names('apogee', 'ASPCAPFLAG', aspcapflag) as flags
from raw.apogee
where has_flag('apogee', 'ASPCAPFLAG', aspcapflag, 'STAR_BAD')
order by apogee_id
limit 5;
