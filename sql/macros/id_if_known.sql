-- id_if_known(id): the id of a star as text, without blanks around it, or NULL where it is a
-- filler that stands for many stars: blank, 'None', 'nan', 'null', 'N/A', '--' and their
-- like, zero, any negative number, numbers of nines alone ('-9999', '999999'), and bodies of
-- the solar system, which APOGEE observed as calibrators ('VESTA'). What is no filler joins
-- rows only where their positions agree (matching.separated_rows).
-- apogee_source_id(telescope, field, apogee_id, extratarg): id of an APOGEE catalogue row.
create or replace macro id_if_known(id) as
    case
        when
            not regexp_full_match(
                lower(trim(id::varchar)),
                '(|[-.?*_]+|<?n/?a>?|nan|none|null|nil|unknown|undefined|missing|masked|no|false'
                || '|not available|no match|vesta|ceres|pallas|juno|neptune|uranus'
                || '|-[0-9.]+(e[-+]?[0-9]+)?|[+]?0*[.]?0*(e[-+]?[0-9]+)?|9{3,}([.]0*)?)'
            )
            then trim(id::varchar)
    end;

create or replace macro apogee_source_id(telescope, field, apogee_id, extratarg) as
    nullif(
        concat_ws(
            '.', telescope, field, apogee_id,
            case when has_bit(extratarg, 1) then 'commissioning' end
        ),
        ''
    );
