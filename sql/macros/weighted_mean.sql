-- weighted_mean(value, weight): of the rows of a group; those without a weight count only where
-- none has one, and then all alike.
create or replace macro weighted_mean(value, weight) as
    coalesce(sum(value * weight) / sum(case when value is not null then weight end), avg(value));
