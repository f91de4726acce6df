package io.fdwork.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.FileSystemUtils;

/**
 * A page in a Chromium without a window, spoken to by the DevTools protocol. Closing it
 * kills every process of the browser.
 * <p>
 * One thread asks at a time.
 */
final class Chromium implements AutoCloseable {

	private static final String PROGRAM = "chromium";

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private final HttpClient http = HttpClient.newHttpClient();

	private final Path directory;

	private final Process process;

	private final AtomicInteger ids = new AtomicInteger();

	private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();

	private final WebSocket page;

	/**
	 * Open a page.
	 * @param address its address
	 * @throws IOException if the browser cannot be started
	 */
	Chromium(String address) throws IOException {
		this.directory = Files.createTempDirectory("fdwork-chromium");
		this.process = new ProcessBuilder(PROGRAM, "--headless", "--no-sandbox", "--disable-gpu",
				"--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
				"--disable-component-update", "--disable-sync", "--window-size=1100,860", "--hide-scrollbars",
				"--user-data-dir=" + this.directory.resolve("profile"), "--remote-debugging-port=0", address)
			.redirectErrorStream(true)
			.redirectOutput(log().toFile())
			.start();
		try {
			Fleet.await(() -> requireAlive() && pageAddress() != null);
			this.page = this.http.newWebSocketBuilder().buildAsync(URI.create(pageAddress()), new Answers()).join();
		}
		catch (RuntimeException | Error ex) {
			close();
			throw ex;
		}
	}

	static boolean isInstalled() {
		return Stream.of(System.getenv("PATH").split(":"))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, PROGRAM)));
	}

	private Path log() {
		return this.directory.resolve("log");
	}

	private boolean requireAlive() throws IOException {
		if (!this.process.isAlive()) {
			throw new AssertionError("Chromium exited with " + this.process.exitValue() + ":\n" + Files.readString(log()));
		}
		return true;
	}

	private String pageAddress() throws IOException {
		Path port = this.directory.resolve("profile").resolve("DevToolsActivePort");
		if (!Files.exists(port) || Files.readAllLines(port).size() < 2) {
			return null;
		}
		URI list = URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list");
		for (JsonNode target : mapper.readTree(get(list))) {
			if (target.path("type").asString("").equals("page")) {
				return target.path("webSocketDebuggerUrl").asString();
			}
		}
		return null;
	}

	private String get(URI address) throws IOException {
		try {
			return this.http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Evaluate an expression in the page.
	 * @param script JavaScript whose value is a string
	 * @return the value
	 */
	String evaluate(String script) {
		JsonNode answer = call("Runtime.evaluate", Map.of("expression", script));
		if (answer.has("error")) {
			// A page that is just being loaded ends what was asked of the one before
			return "";
		}
		JsonNode result = answer.path("result");
		if (!result.path("result").path("type").asString("").equals("string")) {
			throw new AssertionError(script + " is " + result);
		}
		return result.path("result").path("value").asString();
	}

	/**
	 * Return what the page looks like.
	 * @return a picture as PNG, in base 64
	 */
	String screenshot() {
		return call("Page.captureScreenshot", Map.of()).path("result").path("data").asString();
	}

	private JsonNode call(String method, Map<String, Object> parameters) {
		int id = this.ids.incrementAndGet();
		CompletableFuture<JsonNode> answer = new CompletableFuture<>();
		this.answers.put(id, answer);
		this.page.sendText(mapper.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
			.join();
		return answer.orTimeout(Fleet.PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
	}

	@Override
	public void close() throws IOException {
		List<ProcessHandle> children = this.process.descendants().toList();
		Stream.concat(Stream.of(this.process.toHandle()), children.stream()).forEach(ProcessHandle::destroyForcibly);
		Fleet.await(() -> !this.process.isAlive() && children.stream().noneMatch(ProcessHandle::isAlive));
		FileSystemUtils.deleteRecursively(this.directory);
	}

	/**
	 * Completes what was asked.
	 */
	private final class Answers implements WebSocket.Listener {

		private final StringBuilder text = new StringBuilder();

		@Override
		public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				JsonNode message = mapper.readTree(this.text.toString());
				this.text.setLength(0);
				CompletableFuture<JsonNode> answer = Chromium.this.answers.remove(message.path("id").asInt(0));
				if (answer != null) {
					answer.complete(message);
				}
			}
			webSocket.request(1);
			return null;
		}

	}

}
