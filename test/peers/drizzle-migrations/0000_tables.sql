-- In the form that drizzle-kit writes: one statement up to each breakpoint, and DO where an object may be there already.
DO $$ BEGIN
 CREATE TYPE "public"."mood" AS ENUM('calm', 'busy');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "every_type" (
	"id" serial PRIMARY KEY NOT NULL,
	"small" smallint,
	"whole" integer,
	"big" bigint,
	"exact" numeric(12, 2),
	"single" real,
	"double" double precision,
	"yes" boolean,
	"text" text,
	"short" varchar(5),
	"padded" char(3),
	"uuid" uuid,
	"day" date,
	"time" time,
	"moment" timestamp (3),
	"instant" timestamp (3) with time zone,
	"written" timestamp,
	"json" json,
	"jsonb" jsonb,
	"address" inet,
	"mood" "mood",
	"words" text[],
	"numbers" integer[]
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "authors" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "authors_id_seq" START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"joined" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "authors_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "books" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	"author_id" integer NOT NULL,
	"title" text NOT NULL,
	"pages" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
DO $$ BEGIN
 ALTER TABLE "books" ADD CONSTRAINT "books_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
