-- One row per cluster, survey and quantity, on a scale, over the stars whose best row there is
-- clean (main.cluster_members): their number, mean, median and scatter (1.4826 times the median
-- absolute deviation; of one star none), and the slope of the quantity against log g on the
-- same scale, by least squares, with its error (of three stars or more): the members of a cluster
-- have one [Fe/H], whatever their log g, but for diffusion near the turn-off. scale is 'measured',
-- the survey's own values, or 'combined', those of main.parameters, whose survey is 'all'.
-- literature is the preferred value of meta.cluster_values.
-- key: scale, cluster, survey, quantity
create or replace view main.cluster_scatter as
with
measured as (
    select
        'measured' as scale,
        members.cluster,
        members.survey,
        rows.logg::double as logg,
        rows.fe_h::double as fe_h
    from main.cluster_members as members
    inner join main.measurements as rows
        on
            members.star_id = rows.star_id
            and members.survey = rows.survey
            and members.source_id = rows.source_id
    where members.is_best and members.is_clean
),

combined as (
    select
        'combined' as scale,
        members.cluster,
        'all' as survey,
        best.logg,
        best.fe_h
    from (
        select
            star_id,
            min(cluster) as cluster
        from main.cluster_members
        where is_best and is_clean
        group by star_id
    ) as members
    inner join main.parameters as best on members.star_id = best.star_id
),

given as (
    select * from measured
    union all by name
    select * from combined
),

told as (
    select
        scale,
        cluster,
        survey,
        'fe_h' as quantity,
        count(*) as n,
        avg(fe_h) as mean,
        median(fe_h) as median,
        case when count(*) > 1 then 1.4826 * mad(fe_h) end as scatter,
        regr_count(fe_h, logg) as n_with_logg,
        regr_slope(fe_h, logg) as slope_or_nan,
        regr_sxx(fe_h, logg) as sxx,
        regr_syy(fe_h, logg) as syy,
        regr_sxy(fe_h, logg) as sxy
    from given
    where fe_h is not null
    group by scale, cluster, survey
)

select
    told.scale,
    told.cluster,
    told.survey,
    told.quantity,
    told.n,
    told.mean,
    told.median,
    told.scatter,
    case when told.n_with_logg > 2 and told.sxx > 0 then told.slope_or_nan end as slope,
    case
        when told.n_with_logg > 2 and told.sxx > 0
            then sqrt(
                greatest(told.syy - pow(told.sxy, 2) / told.sxx, 0)
                / (told.n_with_logg - 2) / told.sxx
            )
    end as slope_err,
    literature.value as literature,
    literature.source as literature_source
from told
left join meta.cluster_values as literature
    on
        told.cluster = literature.cluster
        and told.quantity = literature.quantity
        and literature.is_preferred;
