// A processor file of BullMQ as one writes it for `new Worker(queue, file)`.
module.exports = async (job) => {
  await job.log(`adding ${job.data.items.length} items`);
  await job.updateProgress(100);
  return { sum: job.data.items.reduce((sum, item) => sum + item, 0), queue: job.queueName };
};
