-- crossmatch_positions(table_name, …): what crossmatch compares of one table: its rows that
-- have a position, at the common epoch. Columns are those that are named, else those that the
-- ingest of the table was told, else the usual ones (column_of); one that is not there is an error.
-- NaN is NULL, as are the surveys' fillers, in
-- motions, errors and magnitudes; right ascensions of -180..0 are wrapped to 180..360, and a
-- row with one outside -180..360 has no position.
-- lacks_motion: a common epoch is asked for, but the row cannot be brought to it, for want
-- of a proper motion (mas/yr) or of its own epoch, and is taken where it is; NULL where
-- none is asked for.
-- crossmatch_number(named), crossmatch_named(named): an epoch that is a number, and one that is
-- the name of a column.
-- no_such_column(table_name, named, what): what the user is told.
-- is_exact_id(table_name, id): whether an id is none that a float has rounded, or an error.
create or replace macro crossmatch_number(named) as try_cast(named::varchar as double);

create or replace macro crossmatch_named(named) as
    case when try_cast(named::varchar as double) is null then named::varchar end;

create or replace macro no_such_column(table_name, named, what) as
    error(coalesce(
        table_name || ' has no column ''' || named || '''; describe it to see which it has.',
        table_name || ' has no column ' || what
    ));

create or replace macro is_exact_id(table_name, id) as
    case
        when typeof(id) not in ('DOUBLE', 'FLOAT') then true
        when id is null or not isfinite(try_cast(id::varchar as double)) then true
        when
            try_cast(id::varchar as double) = floor(try_cast(id::varchar as double))
            and abs(try_cast(id::varchar as double))
            < case typeof(id) when 'FLOAT' then 16777216 else 9007199254740992 end
            then true
        else error(
            'The ids of ' || table_name || ' are floats (' || id::varchar
            || '), whose last digits are lost; name another column with left_id or right_id.'
        )
    end;

-- DuckDB passes all names to a function in columns(…) by (*), which sqlfluff cannot parse.
-- noqa: disable=PRS
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
with stellarwh_found as (
    select
        columns(column_of((*), id_name, usual_ids(), 'stellarwh no id')) as id,
        columns(position_column((*), ra_name, table_name, 1, 'stellarwh no ra'))::double as ra,
        columns(position_column((*), dec_name, table_name, 2, 'stellarwh no dec'))::double
            as "dec",
        columns(column_of(
            (*),
            crossmatch_named(epoch_named),
            [],
            case
                when crossmatch_named(epoch_named) is null then 'stellarwh nothing'
                else 'stellarwh no epoch'
            end
        ))::double as epoch,
        columns(column_of(
            (*),
            pmra_name,
            [],
            case when pmra_name is null then 'stellarwh nothing' else 'stellarwh no pmra' end
        ))::double as pmra,
        columns(column_of(
            (*),
            pmdec_name,
            [],
            case when pmdec_name is null then 'stellarwh nothing' else 'stellarwh no pmdec' end
        ))::double as pmdec,
        columns(column_of(
            (*),
            error_name,
            [],
            case when error_name is null then 'stellarwh nothing' else 'stellarwh no error' end
        ))::double as position_error,
        columns(column_of(
            (*),
            magnitude_name,
            [],
            case
                when magnitude_name is null then 'stellarwh nothing'
                else 'stellarwh no magnitude'
            end
        ))::double as magnitude,
        -- Also those that are not used for what is asked must be there.
        columns(list_value(case
            when column_of((*), id_name, usual_ids(), '')[1] = '' then 'stellarwh no id'
            when not has_column((*), crossmatch_named(epoch_named)) then 'stellarwh no epoch'
            when not has_column((*), pmra_name) then 'stellarwh no pmra'
            when not has_column((*), pmdec_name) then 'stellarwh no pmdec'
            when not has_column((*), error_name) then 'stellarwh no error'
            when not has_column((*), magnitude_name) then 'stellarwh no magnitude'
            else 'stellarwh fine'
        end)) as is_fine
    from (
        select
            *,
            null as "stellarwh nothing",
            true as "stellarwh fine",
            no_such_column(
                table_name,
                id_name,
                'that names its rows (' || array_to_string(usual_ids(), ', ')
                || '); name one, as left_id := ''COLUMN'' or right_id := ''COLUMN''.'
            ) as "stellarwh no id",
            no_such_column(
                table_name,
                ra_name,
                'of right ascension (ra or a usual variant); name one with left_ra or right_ra.'
            ) as "stellarwh no ra",
            no_such_column(
                table_name,
                dec_name,
                'of declination (dec or a usual variant); name one with left_dec or right_dec.'
            ) as "stellarwh no dec",
            no_such_column(table_name, epoch_named::varchar, '') as "stellarwh no epoch",
            no_such_column(table_name, pmra_name, '') as "stellarwh no pmra",
            no_such_column(table_name, pmdec_name, '') as "stellarwh no pmdec",
            no_such_column(table_name, error_name, '') as "stellarwh no error",
            no_such_column(table_name, magnitude_name, '') as "stellarwh no magnitude"
        from query_table(table_name)
    )
),

stellarwh_dated as (
    select
        * exclude (is_fine),
        -- A year, or the column that holds it.
        coalesce(crossmatch_number(epoch_named), null_if_missing(epoch)) as epoch_given
    from stellarwh_found
    where
        is_fine
        and is_exact_id(table_name, id)
        and valid_epoch(crossmatch_number(epoch_named))
        and valid_epoch(common_epoch)
        and ra between -180 and 360
        and abs("dec") <= 90
),

stellarwh_known as (
    select
        * exclude (epoch, epoch_given),
        year_of_epoch(epoch_given) as epoch
    from stellarwh_dated
),

stellarwh_movable as (
    select
        * exclude (ra, position_error, magnitude),
        wrapped_ra(ra) as ra,
        case when position_error >= 0 then null_if_missing(position_error) end
            as position_error,
        null_if_missing_magnitude(magnitude) as magnitude,
        coalesce(epoch <> common_epoch::double, true) as is_elsewhere,
        has_motion(pmra, pmdec, epoch) as has_all
    from stellarwh_known
),

stellarwh_moved as (
    select
        * exclude (ra, "dec"),
        case
            when common_epoch is not null and is_elsewhere and has_all
                then propagate_ra(ra, "dec", pmra, pmdec, epoch, common_epoch)
            else ra
        end as ra,
        case
            when common_epoch is not null and is_elsewhere and has_all
                then propagate_dec(ra, "dec", pmra, pmdec, epoch, common_epoch)
            else "dec"
        end as "dec"
    from stellarwh_movable
)

select
    id,
    -- A pole is one place, whatever its right ascension.
    case when abs("dec") = 90 then 0 else ra end as ra,
    "dec",
    position_error,
    magnitude,
    case when common_epoch is not null then is_elsewhere and not has_all end as lacks_motion
from stellarwh_moved;
