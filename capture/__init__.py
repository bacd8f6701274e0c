"""The pure core: what a photo is, what was read, what it means, how sure that is, and what happens next.

A **trigger** says that a phone put an object in the bucket, which makes a **job**, whose **image** is
turned into a **reading** by an extractor, which gets a **confidence**, becomes a typed **event**, and
goes to **review** where it is doubtful. Those words are the file names. Nothing here touches files,
sockets, clocks or the environment; `worker.pipeline` is where the flow runs.
"""

__version__ = "0.1.0"
