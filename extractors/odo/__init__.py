"""Parts of the odometer reader: views of a photo, the two networks, and what their maps say."""
