-- crossmatch_positions(table_name, …): what crossmatch compares of one table: its rows that
-- have a position, at the common epoch. Columns are found by their usual names or
-- named; crossmatch_nothing stands for those that are not.
-- lacks_motion: a common epoch is asked for, but the row cannot be brought to it, for want
-- of a proper motion (mas/yr) or of its own epoch, and is taken where it is; NULL where
-- none is asked for.
-- crossmatch_names(named, usual), crossmatch_optional(named): names to look a column up by.
create or replace macro crossmatch_names(named, usual) as
    case when named is null then usual else [lower(named)] end;

create or replace macro crossmatch_optional(named) as
    ['crossmatch_nothing', lower(coalesce(named::varchar, ''))];

create or replace macro crossmatch_positions(
    table_name,
    id_name,
    ra_name,
    dec_name,
    epoch_named,
    common_epoch,
    pmra_name,
    pmdec_name,
    error_name,
    magnitude_name
) as table
with found as (
    select
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            id_name, ['source_id', 'id', 'apogee_id', 'sobject_id', 'obsid']
        ))) as id,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            ra_name, ['ra', 'ra_dr2']
        )))::double as ra,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            dec_name, ['dec', 'dec_dr2']
        )))::double as "dec",
        -- A year, or the column that holds it.
        coalesce(
            try_cast(epoch_named::varchar as double),
            *columns(lambda c: lower(c) in crossmatch_optional(epoch_named))
        )::double as epoch,
        coalesce(
            *columns(lambda c: lower(c) in crossmatch_optional(pmra_name))
        )::double as pmra,
        coalesce(
            *columns(lambda c: lower(c) in crossmatch_optional(pmdec_name))
        )::double as pmdec,
        coalesce(
            *columns(lambda c: lower(c) in crossmatch_optional(error_name))
        )::double as position_error,
        coalesce(
            *columns(lambda c: lower(c) in crossmatch_optional(magnitude_name))
        )::double as magnitude,
        healpix
    from (select *, null as crossmatch_nothing from query_table(table_name))
    where healpix is not null
),

moved as (
    select
        id,
        position_error,
        magnitude,
        healpix,
        coalesce(epoch <> common_epoch::double, true) as is_elsewhere,
        is_elsewhere and has_motion(pmra, pmdec, epoch) as is_moved,
        case
            when common_epoch is not null and is_moved
                then propagate_ra(ra, "dec", pmra, pmdec, epoch, common_epoch)
            else ra
        end as ra,
        case
            when common_epoch is not null and is_moved
                then propagate_dec(ra, "dec", pmra, pmdec, epoch, common_epoch)
            else "dec"
        end as "dec"
    from found
)

select
    id,
    ra,
    "dec",
    case
        when common_epoch is not null and is_moved then healpix_nested(29, ra, "dec")
        else healpix
    end as healpix,
    position_error,
    magnitude,
    case when common_epoch is not null then is_elsewhere and not is_moved end as lacks_motion
from moved;
