"""The workspace as it stood at an earlier moment, made anew from what is stored: `opening.opened` is the way in."""
