import { expect, it } from "vitest";
import { changeFilter as changeBody, saveFilter as saveBody } from "@/lib/contracts/search";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { changeFilter } from "./change-filter";
import { listSavedFilters } from "./list-saved-filters";
import { removeFilter } from "./remove-filter";
import { saveFilter } from "./save-filter";

const database = await testDatabase();
const store = testStore(database);
const olga = await makePerson(database, "Olga");
const otto = await makePerson(database, "Otto");

type Person = typeof olga;
const context = (actor: Person, mayShare = true, mayReadPayloads = true) => ({
  store,
  actor,
  mayShare,
  mayReadPayloads,
});
const save = (actor: Person, given: Record<string, unknown>, mayShare = true, mayReadPayloads = true) =>
  saveFilter(context(actor, mayShare, mayReadPayloads), saveBody.parse({ filter: { q: "size > 1kB" }, ...given }));
const change = (actor: Person, id: string, given: Record<string, unknown>) =>
  changeFilter(context(actor), { id, ...changeBody.parse(given) });
const names = async (actor: Person, mayReadPayloads = true) =>
  (await listSavedFilters({ store, actor, mayReadPayloads })).items.map(({ name }) => name);
const events = async (id: string) =>
  (
    await database.query<{ action: string }>("SELECT action FROM audit_event WHERE subject_id = $1 ORDER BY id", [id])
  ).map(({ action }) => action);

it("one's own are one's own; shared ones are everybody's to use and their owner's to change; the audit has what others see", async () => {
  const mine = await save(olga, { name: "mine" });
  const ours = await save(olga, { name: "ours", shared: true });
  expect(await names(olga)).toEqual(["mine", "ours"]);
  expect(await names(otto)).toEqual(["ours"]);
  await expect(change(otto, mine.id, { name: "his" })).rejects.toMatchObject({ code: "not-found" });
  await expect(change(otto, ours.id, { name: "his" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(removeFilter({ store, actor: otto, mayManage: false }, ours)).rejects.toMatchObject({
    code: "forbidden",
  });
  expect(await change(olga, ours.id, { name: "ours too", filter: { age: "1h" } })).toMatchObject({
    name: "ours too",
    filter: { age: "1h" },
  });
  await change(olga, ours.id, { shared: false });
  expect(await names(otto)).toEqual([]);
  await change(olga, ours.id, { shared: true });
  await removeFilter({ store, actor: otto, mayManage: true }, ours);
  expect(await names(olga)).toEqual(["mine"]);
  expect(await events(mine.id)).toEqual([]);
  expect(await events(ours.id)).toEqual([
    "filter.shared",
    "filter.changed",
    "filter.withdrawn",
    "filter.shared",
    "filter.withdrawn",
  ]);
});

it("names are taken once, whatever their case; sharing needs the right to it", async () => {
  await save(olga, { name: "Taken", shared: true });
  await expect(save(olga, { name: "taken" })).rejects.toMatchObject({ code: "conflict" });
  await expect(save(otto, { name: "taken", shared: true })).rejects.toMatchObject({ code: "conflict" });
  await save(otto, { name: "taken" });
  await expect(save(otto, { name: "new", shared: true }, false)).rejects.toMatchObject({ code: "forbidden" });
});

it("a filter that asks about payloads is neither shown to nor kept by roles that may not see any", async () => {
  await save(olga, { name: "email", shared: true, filter: { q: 'json.email = "a@b.example"' } });
  expect(await names(otto)).toContain("email");
  expect(await names(otto, false)).not.toContain("email");
  await expect(save(otto, { name: "probe", filter: { q: "body ~ secret" } }, true, false)).rejects.toMatchObject({
    code: "forbidden",
  });
});

it("a filter that cannot be read is refused with the place of it", () => {
  const parsed = saveBody.safeParse({ name: "x", filter: { q: "size > many" } });
  expect(parsed.error?.issues[0]?.message).toContain("At character 8");
});
