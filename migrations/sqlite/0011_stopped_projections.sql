-- A read model that could not take the event at this position, and why. It is left alone until it is
-- rebuilt.
ALTER TABLE projections ADD COLUMN stopped_at_position INTEGER;
ALTER TABLE projections ADD COLUMN stopped_reason TEXT;
