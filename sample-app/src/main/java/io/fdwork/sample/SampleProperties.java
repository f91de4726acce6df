package io.fdwork.sample;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the sample.
 *
 * @param serving what answers in a worker
 * @param haltEnabled whether {@code POST /halt} kills the JVM that serves it
 * @param journal the directory that each process writes to what became of each request;
 * without it nothing is written. Answers are written with {@link Serving#NETTY} only
 */
@ConfigurationProperties("sample")
public record SampleProperties(@DefaultValue("web") Serving serving, @DefaultValue("false") boolean haltEnabled,
		@Nullable Path journal) {

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
