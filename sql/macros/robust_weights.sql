-- robust_weights(numbers, errs): the weights of several values of one thing, lists in and a list
-- out: inverse squares of the errors; of three values and more, one further than 2 sigma from
-- their median weighs 2 / z of that (Huber). A value without an error weighs nothing beside one
-- that has one; where none has, all weigh alike.
create or replace macro robust_weights(numbers, errs) as
    case
        when list_count(errs) = 0 then list_transform(numbers, lambda v: 1.0::double)
        when len(errs) < 3 then list_transform(errs, lambda e: coalesce(pow(e, -2), 0))
        else list_transform(
            list_zip(
                errs,
                list_resize([list_median(numbers)], len(numbers), list_median(numbers)),
                numbers
            ),
            lambda z: coalesce(least(1, 2 * z[1] / abs(z[3] - z[2])) / pow(z[1], 2), 0)
        )
    end;
