-- flag_bit_rows(): meta.flag_bits under names that no table of a user's has: within a subquery of a
-- macro its columns come before those that the macro was given, so that a flag column called
-- name, or a survey that stands in a column called survey, would be taken for one of them.
create or replace macro flag_bit_rows() as table
select
    flag_bits.survey as stellarwh_survey,
    lower(flag_bits.flag) as stellarwh_flag,
    flag_bits.bit as stellarwh_bit,
    flag_bits.name as stellarwh_name,
    flag_bits.rejects as stellarwh_rejects
from meta.flag_bits as flag_bits;
