-- One row per cluster, survey and quantity, on a scale, over the stars of
-- main.cluster_metallicities: their number, mean, median and scatter (1.4826 times the median
-- absolute deviation; of one star none), and the slope of the quantity against log g on the
-- same scale, by least squares, with its error (of three stars or more): the members of a cluster
-- have one [Fe/H], whatever their log g, but for diffusion near the turn-off. The only quantity
-- is fe_h.
-- key: scale, cluster, survey, quantity
create or replace view main.cluster_scatter as
with
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
        any_value(literature) as literature,
        any_value(literature_source) as literature_source,
        regr_count(fe_h, logg) as n_with_logg,
        regr_sxx(fe_h, logg) as sxx,
        regr_syy(fe_h, logg) as syy,
        regr_sxy(fe_h, logg) as sxy
    from main.cluster_metallicities
    group by scale, cluster, survey
)

select
    scale,
    cluster,
    survey,
    quantity,
    n,
    mean,
    median,
    scatter,
    case when n_with_logg > 2 and sxx > 0 then sxy / sxx end as slope,
    case
        when n_with_logg > 2 and sxx > 0
            then sqrt(greatest(syy - pow(sxy, 2) / sxx, 0) / (n_with_logg - 2) / sxx)
    end as slope_err,
    literature,
    literature_source
from told;
