package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says where something was measured.
 */
final class Machine {

	private static final Map<String, List<String>> PROGRAMS = programs();

	private Machine() {
	}

	private static Map<String, List<String>> programs() {
		Map<String, List<String>> programs = new LinkedHashMap<>();
		programs.put("wrk", List.of("wrk", "-v"));
		programs.put("haproxy", List.of("haproxy", "-v"));
		programs.put("nginx", List.of("nginx", "-v"));
		programs.put("node", List.of("node", "--version"));
		programs.put("gcc", List.of("gcc", "--version"));
		return programs;
	}

	/**
	 * Describe processors, memory, kernel, JDK and the programs that are there.
	 */
	static Map<String, String> describe() throws IOException {
		Map<String, String> facts = new LinkedHashMap<>();
		facts.put("processor", find(Path.of("/proc/cpuinfo"), "model name\\s*: (.*)"));
		facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
		long kilobytes = Long.parseLong(find(Path.of("/proc/meminfo"), "MemTotal:\\s*(\\d+) kB"));
		facts.put("memory", "%,d MB".formatted(kilobytes / 1024));
		facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
		facts.put("JDK", System.getProperty("java.vendor") + " " + Runtime.version());
		Path virtual = SampleJvm.withVirtualThreads();
		if (virtual != null && !virtual.equals(SampleJvm.JAVA_HOME)) {
			facts.put("JDK with virtual threads", find(virtual.resolve("release"), "JAVA_RUNTIME_VERSION=\"(.*)\""));
		}
		for (Map.Entry<String, List<String>> program : PROGRAMS.entrySet()) {
			if (Command.exists(program.getKey())) {
				String version = Command.run(program.getValue()).lines().findFirst().orElse("");
				Matcher number = Pattern.compile("\\d+\\.[^\\s)]+").matcher(version);
				facts.put(program.getKey(), (number.find()) ? number.group() : version);
			}
		}
		return facts;
	}

	private static String find(Path file, String pattern) throws IOException {
		Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
		return (matcher.find()) ? matcher.group(1).strip() : "unknown";
	}

}
