package io.fdwork.internal.worker;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.TimeUnit;

import com.sun.management.OperatingSystemMXBean;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.internal.wire.WorkerFigures;

/**
 * Measures what the process of a worker uses. Safe for all threads.
 */
final class ProcessProbe {

	/**
	 * How the names of those end that count what runs beside the application, and not
	 * what holds it up, in ZGC and Shenandoah.
	 */
	private static final String CONCURRENT = "Cycles";

	private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans()
		.stream()
		.filter((collector) -> !collector.getName().endsWith(CONCURRENT))
		.toList();

	WorkerFigures.Process measure() {
		MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
		return new WorkerFigures.Process(heap.getUsed(), heap.getMax(), collections(),
				TimeUnit.MILLISECONDS.toNanos(collectionMillis()), processorNanos(),
				ManagementFactory.getThreadMXBean().getThreadCount(),
				DescriptorTable.limit() - DescriptorTable.measureFree(), DescriptorTable.limit());
	}

	private long collections() {
		return this.collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
	}

	private long collectionMillis() {
		return this.collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
	}

	private static long processorNanos() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)
				? system.getProcessCpuTime() : 0;
	}

}
