-- One row per group and bin of stars for which learning reports its figures separately, and
-- what a star needs to be in it: a stage_group and a range of its S/N (axis; axis_low counts,
-- axis_high does not), NULL where it needs none; an open end is infinite. Which stars are:
-- main.star_strata.
-- key: stratum
create or replace view main.strata as
select
    listed.stratum,
    listed.stratum_kind,
    listed.stage_group,
    listed.axis,
    listed.axis_low,
    listed.axis_high
from (
    values
    ('giant', 'group', 'giant', null, null::double, null::double),
    ('dwarf', 'group', 'dwarf', null, null, null),
    ('snr<50', 'group', null, 'snr', '-infinity', 50),
    ('snr>=50', 'group', null, 'snr', 50, 'infinity'),
    ('giant, snr<50', 'group', 'giant', 'snr', '-infinity', 50),
    ('giant, snr>=50', 'group', 'giant', 'snr', 50, 'infinity'),
    ('dwarf, snr<50', 'group', 'dwarf', 'snr', '-infinity', 50),
    ('dwarf, snr>=50', 'group', 'dwarf', 'snr', 50, 'infinity'),
    ('snr 0 to 20', 'bin', null, 'snr', 0, 20),
    ('snr 20 to 50', 'bin', null, 'snr', 20, 50),
    ('snr 50 to 100', 'bin', null, 'snr', 50, 100),
    ('snr 100 to 200', 'bin', null, 'snr', 100, 200),
    ('snr 200 to inf', 'bin', null, 'snr', 200, 'infinity')
) as listed (stratum, stratum_kind, stage_group, axis, axis_low, axis_high);
