-- has_bit(flags, bit): true if that bit (0 is the lowest) of a flag word is set.
-- flag_word(flags): the word as an unsigned number. A negative word is a signed 32-bit one
-- where 32 bits can hold it: APOGEE DR12 to DR16 write bit 31 (NO_ASPCAP_RESULT) as
-- -2147483648, and read as 64 bits it would have bits 31 to 63 set.
create or replace macro flag_word(flags) as
    case
        when flags::bigint between -2147483648 and -1 then flags::bigint & 4294967295
        else flags::bigint
    end;

create or replace macro has_bit(flags, "bit") as
    (flag_word(flags) >> "bit") & 1 = 1;
