-- The check on each insert looks for the two neighbours of every new range, by the primary key and in its order. Where
-- the table has grown and nobody has analysed it yet, a planner that may sort takes the index of sales instead: it reads
-- all ranges of the journal for each new one. From some eight thousand sales on, a backlog then took longer than a unit
-- waits for an answer, and none of it got through.
ALTER FUNCTION raffle.refuse_overlap() SET enable_sort = off;
