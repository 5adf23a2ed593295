-- column_of(names, named, usual, otherwise): of the names of a table's columns the one that was
-- named (as it is written, or else whatever its case), where nothing was named the first usual one
-- there is, and otherwise the last argument; as a list, which COLUMNS takes.
-- has_column(names, named): whether a column that was named is there, if one was.
-- position_column(names, named, table_name, place): the same of a position, of which place is
-- 1 (right ascension) or 2 (declination): where nothing was named, what the ingest of the table
-- was told, else the first pair of usual names that is there as a whole.
-- usual_positions(): those pairs. usual_ids(): what the columns are called that name rows; star_id
-- is last, as it is a star of main.stars, but a 2MASS name in raw.galah.
create or replace macro usual_ids() as
    ['source_id', 'id', 'apogee_id', 'sobject_id', 'obsid', 'star_id'];

create or replace macro usual_positions() as
    [
        ['ra', 'dec'],
        ['ra_dr2', 'dec_dr2'],
        ['raj2000', 'dej2000'],
        ['_raj2000', '_dej2000'],
        ['ra_icrs', 'de_icrs'],
        ['radeg', 'dedeg'],
        ['ra_deg', 'dec_deg']
    ];

create or replace macro column_of(names, named, usual, otherwise) as
    list_value(coalesce(
        list_filter(names, lambda stellarwh_name: stellarwh_name = named)[1],
        list_filter(names, lambda stellarwh_name: lower(stellarwh_name) = lower(named))[1],
        case
            when named is null
                then list_filter(
                    list_transform(
                        usual,
                        lambda stellarwh_usual: list_filter(
                            names,
                            lambda stellarwh_name: lower(stellarwh_name) = stellarwh_usual
                        )[1]
                    ),
                    lambda stellarwh_name: stellarwh_name is not null
                )[1]
        end,
        otherwise
    ));

create or replace macro has_column(names, named) as
    named is null
    or len(list_filter(
        names, lambda stellarwh_name: lower(stellarwh_name) = lower(named)
    )) > 0;

create or replace macro position_column(names, named, table_name, place, otherwise) as
    column_of(
        names,
        coalesce(
            named,
            list_filter(
                ingested_positions(),
                lambda stellarwh_told:
                stellarwh_told[1] = lower(replace(table_name, '"', ''))
                or ends_with(lower(replace(table_name, '"', '')), '.' || stellarwh_told[1])
            )[1][place + 1]
        ),
        list_filter(
            usual_positions(),
            lambda stellarwh_pair: len(list_filter(
                names, lambda stellarwh_name: lower(stellarwh_name) = stellarwh_pair[1]
            )) > 0
            and len(list_filter(
                names, lambda stellarwh_name: lower(stellarwh_name) = stellarwh_pair[2]
            )) > 0
        )[1][place:place],
        otherwise
    );
