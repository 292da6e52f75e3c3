//! Frames in, MP4, GIF or PNG out; and the portrait view of a journey.
