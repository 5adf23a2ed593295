-- What the bits of a flag mean, and which of them reject a row.
-- topic: Flags and NULL
select
    bit,
    name,
    rejects,
    description
from meta.flag_bits
where survey = 'galah' and flag = 'flag_sp'
order by bit;
