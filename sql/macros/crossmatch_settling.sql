-- crossmatch_settling(lefts, rights, radius, mode, …): the pairs that crossmatch keeps in its modes
-- other than all (id_on_left, id_on_right, separation, magnitude_difference, lacks_motion) of two
-- lists of rows, named as text, without listing all pairs of a crowd (crossmatch_steps).
-- Rows of one side that are alike in what is compared are one spot (crossmatch_spots); its rows
-- find partners in the order of their ids. In each round spots see those of the other side
-- that lie within the radius of the step. Modes best and so on: who sees any is done. Mode
-- one-to-one: spots that are each other's nearest pair as many rows as both have, and who has
-- none left goes; the next step comes when none sees another. Equally near spots: of smaller
-- id (best), or by a digest of both ids (one-to-one), for by the ids a regular grid would wait
-- row for row.
create or replace macro crossmatch_settling(
    lefts, rights, radius, mode, uses_errors, sigmas, magnitude_limit
) as table
with recursive stellarwh_rows as materialized (
    select *
    from crossmatch_spots(lefts, rights, uses_errors, magnitude_limit is not null)
),

stellarwh_spots as materialized (
    select *
    from stellarwh_rows
    where in_spot = 1
),

stellarwh_steps as (
    select crossmatch_steps(usable_radius(radius), sum(n), sum(n_left * n_right)) as steps
    from (
        select
            count(*) as n,
            count(*) filter (is_left) as n_left,
            count(*) filter (not is_left) as n_right
        from (
            select
                is_left,
                crossmatch_bucket(ra, "dec", usable_radius(radius)) as bucket
            from stellarwh_spots
        )
        group by bucket
    )
),

stellarwh_rounds as (
    select
        is_left,
        spot,
        n,
        0::bigint as used,
        (mode = 'best' and not is_left) or (mode = 'best-right' and is_left) as is_done,
        (select stellarwh_steps.steps from stellarwh_steps) as steps,
        null::bigint as left_spot,
        null::bigint as right_spot,
        null::bigint as left_used,
        null::bigint as right_used,
        null::double as separation
    from stellarwh_spots
    union all
    (
        with stellarwh_alive as (
            select
                rounds.is_left,
                rounds.spot,
                rounds.n,
                rounds.used,
                rounds.is_done,
                rounds.steps,
                spots.ra,
                spots."dec",
                spots."name",
                spots.error_compared,
                spots.magnitude_compared,
                crossmatch_step(usable_radius(radius), rounds.steps) as step
            from stellarwh_rounds as rounds
            inner join stellarwh_spots as spots
                on rounds.is_left = spots.is_left and rounds.spot = spots.spot
            where rounds.left_spot is null
        ),

        stellarwh_left_ones as (
            select
                *,
                unnest(crossmatch_buckets_around(ra, "dec", step)) as bucket
            from stellarwh_alive
            where is_left
        ),

        stellarwh_right_ones as (
            select
                *,
                crossmatch_bucket(ra, "dec", step) as bucket,
                -- Two spots that are done have nothing to look for in each other.
                unnest(case
                    when is_done or mode = 'one-to-one' then [false] else [false, true]
                end) as seeks_done
            from stellarwh_alive
            where not is_left
        ),

        stellarwh_seen as (
            select
                * exclude (pair_radius, left_name, right_name),
                case when mode = 'one-to-one' then md5(left_name || ' ' || right_name) end
                    as digest
            from (
                select
                    lefts.spot as left_spot,
                    rights.spot as right_spot,
                    lefts.used as left_used,
                    rights.used as right_used,
                    lefts."name" as left_name,
                    rights."name" as right_name,
                    lefts.is_done or rights.is_done as is_done,
                    case mode
                        when 'one-to-one' then least(lefts.n, rights.n)
                        when 'best' then lefts.n when 'best-right' then rights.n else 1
                    end as n,
                    angular_separation(lefts.ra, lefts."dec", rights.ra, rights."dec")
                        as separation,
                    least(
                        lefts.step,
                        crossmatch_reach(
                            usable_radius(radius), sigmas, uses_errors,
                            lefts.error_compared, rights.error_compared
                        )
                    ) as pair_radius
                from stellarwh_left_ones as lefts
                inner join stellarwh_right_ones as rights
                    on lefts.bucket = rights.bucket and lefts.is_done = rights.seeks_done
                where
                    abs(lefts."dec" - rights."dec")
                    <= lefts.step / 3600::double + 1e-12::double
                    and crossmatch_agrees(
                        magnitude_limit, lefts.magnitude_compared, rights.magnitude_compared
                    )
            )
            where separation <= pair_radius
        ),

        stellarwh_chosen as (
            select
                *,
                row_number() over (
                    partition by left_spot order by separation, digest, right_spot
                ) = 1 as is_first_on_left,
                row_number() over (
                    partition by right_spot order by separation, digest, left_spot
                ) = 1 as is_first_on_right,
                case mode
                    when 'best' then is_first_on_left when 'best-right' then is_first_on_right
                    else is_first_on_left and is_first_on_right and not is_done
                end as is_taken
            from stellarwh_seen
        ),

        stellarwh_met as (
            select
                is_left,
                case when is_left then left_spot else right_spot end as spot,
                max(case when is_taken and mode = 'one-to-one' then n else 0 end) as n
            from stellarwh_chosen, (select unnest([false, true]) as is_left)
            group by all
        ),

        stellarwh_more as (
            select mode = 'one-to-one' and count(*) filter (not is_taken) > 0 as is_any
            from stellarwh_chosen
        )

        select
            null as is_left,
            null as spot,
            n,
            null as used,
            null as is_done,
            null as steps,
            left_spot,
            right_spot,
            left_used,
            right_used,
            separation
        from stellarwh_chosen
        where is_taken
        union all
        select
            alive.is_left,
            alive.spot,
            alive.n - coalesce(met.n, 0) as n,
            alive.used + coalesce(met.n, 0) as used,
            alive.is_done or (met.spot is not null and mode <> 'one-to-one') as is_done,
            alive.steps - case when more.is_any then 0 else 1 end as steps,
            null as left_spot,
            null as right_spot,
            null as left_used,
            null as right_used,
            null as separation
        from stellarwh_alive as alive
        left join stellarwh_met as met
            on alive.is_left = met.is_left and alive.spot = met.spot
        cross join stellarwh_more as more
        where
            alive.n > coalesce(met.n, 0)
            and (alive.steps > 0 or (more.is_any and met.spot is not null))
    )
),

stellarwh_pairs as (
    select
        left_spot,
        right_spot,
        left_used,
        right_used,
        separation,
        unnest(range(1, n + 1)) as nth
    from stellarwh_rounds
    where left_spot is not null
)

select
    lefts.id_on_left,
    rights.id_on_right,
    pairs.separation,
    abs(lefts.magnitude - rights.magnitude) as magnitude_difference,
    lefts.lacks_motion or rights.lacks_motion as lacks_motion
from stellarwh_pairs as pairs
inner join stellarwh_rows as lefts
    on
        lefts.is_left
        and pairs.left_spot = lefts.spot
        and pairs.left_used + case when mode = 'best-right' then 1 else pairs.nth end
        = lefts.in_spot
inner join stellarwh_rows as rights
    on
        not rights.is_left
        and pairs.right_spot = rights.spot
        and pairs.right_used + case when mode = 'best' then 1 else pairs.nth end
        = rights.in_spot;
