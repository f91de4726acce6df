package io.fdwork.sample;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the sample.
 *
 * @param serving what answers in a worker
 * @param haltEnabled whether {@code /halt} kills the JVM that serves it
 * @param journal the directory that each process writes to what became of each request;
 * without it nothing is written. Answers are written with {@link Serving#NETTY} only
 * @param failEvery of so many requests to {@code /work} one is answered with the status
 * 500, as a bad release does, and with {@link Serving#NETTY} of those to {@code /echo},
 * too; 0 for none
 * @param slowdown how many times as long as asked for {@code /work} and {@code /echo}
 * wait, as a slow release does
 */
@ConfigurationProperties("sample")
public record SampleProperties(@DefaultValue("web") Serving serving, @DefaultValue("false") boolean haltEnabled,
		@Nullable Path journal, @DefaultValue("0") int failEvery, @DefaultValue("1") int slowdown) {

	/**
	 * What answers in a worker.
	 */
	public enum Serving {

		/**
		 * The web server of the application.
		 */
		WEB,

		/**
		 * A Netty pipeline.
		 */
		NETTY,

		/**
		 * A blocking handler, which has the routes {@code /}, {@code /pid} and
		 * {@code /work} only.
		 */
		BLOCKING

	}

}
