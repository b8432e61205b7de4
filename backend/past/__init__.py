"""The workspace as it stood at an earlier moment, made anew from what is stored: `opened` is the way in."""
