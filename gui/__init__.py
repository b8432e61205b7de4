"""The Vedette console: Qt pages, models and widgets over `backend.client`."""
