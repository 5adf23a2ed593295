-- meta.flag_bits names the bits of every flag that staging reads.
-- severity: fail
select
    wanted.survey,
    wanted.flag
from (
    values
        ('apogee', 'STARFLAG'), ('apogee', 'ASPCAPFLAG'), ('apogee', 'PARAMFLAG'),
        ('galah', 'flag_sp'), ('galah', 'flag_fe_h'), ('galah', 'flag_X_fe'),
        ('galah_dr4', 'flag_sp')
) as wanted (survey, flag)
anti join meta.flag_bits as bits
    on wanted.survey = bits.survey and wanted.flag = bits.flag and bits.rejects;
